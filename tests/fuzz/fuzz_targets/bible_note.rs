//! Fuzzes notes of the bible.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::bible_note(bytes));
