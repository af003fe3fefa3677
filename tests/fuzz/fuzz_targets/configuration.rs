//! Fuzzes copydesk.yaml.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::configuration(bytes));
