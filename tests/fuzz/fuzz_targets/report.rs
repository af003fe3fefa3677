//! Fuzzes the escaping of reports.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::report(bytes));
