//! Fuzzes the search for quotes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::quote(bytes));
