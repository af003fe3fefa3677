//! Fuzzes the script host.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::script(bytes));
