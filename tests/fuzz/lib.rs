//! What the fuzzers share: the bodies that `make test` replays too, and the allocator that counts what scripts hold.

#[path = "../fuzz_bodies.rs"]
pub mod bodies;

#[global_allocator]
static ALLOCATOR: copydesk::script::limits::CountingAllocator = copydesk::script::limits::CountingAllocator;
