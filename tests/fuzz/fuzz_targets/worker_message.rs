//! Fuzzes the messages between the two processes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| copydesk_fuzz::bodies::worker_message(bytes));
