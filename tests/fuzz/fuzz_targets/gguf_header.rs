//! Fuzzes the reader of model headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::gguf_header(bytes));
