//! Fuzzes what is remembered on the disk.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::cache_record(bytes));
