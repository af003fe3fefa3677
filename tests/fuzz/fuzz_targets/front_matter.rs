//! Fuzzes the front matter of chapters.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::front_matter(bytes));
