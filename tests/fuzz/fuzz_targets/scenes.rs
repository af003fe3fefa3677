//! Fuzzes chapters: Markdown to scenes, and every letter’s way back.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::scenes(bytes));
