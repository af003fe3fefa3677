//! All tests of the program as a whole, in one binary.

/// Scripts that the author has not allowed.
mod allow;
/// Layers, doors and lengths: the rules of the house.
mod architecture;
/// Files, models, scripts and templates that are not as they should be.
mod bad_input;
/// The fast way of computing a model and the plain one.
#[cfg(feature = "llama")]
mod both_ways;
/// The calendar of the configuration, and the checks that follow it.
mod calendar;
mod circles;
/// The program ended, or a call failed, at each of its file calls.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod crash_points;
/// Lessons for training, and the folder they are written to.
mod dataset;
/// Chance that is the same on every machine.
mod dice;
/// The pages for authors.
mod docs;
/// Entries drafted for the bible, accepted, edited, and drafted again.
mod draft;
/// Ways in which editors and other programs save files.
mod editors;
/// The example series: planted errors found, traps left alone.
mod example;
/// A tiny model of every family that authors have.
mod families;
/// What must hold whatever the bytes are; shared with the fuzzers.
mod fuzz_bodies;
/// The kept inputs of the fuzzers, and changes of them.
mod fuzz_replay;
/// The reference page and the definitions are current.
mod generated;
/// Model files made for tests; shared with the unit tests.
#[expect(dead_code, reason = "the unit tests use the rest")]
mod gguf_writer;
/// Scripts that want too much.
mod hostile;
/// Chapters that give orders to the model.
mod injection;
/// The checks on prose that nobody tuned to, with totals that must not fall.
mod judgement;
/// `watch` and `run` on one novel, killed again and again while the author writes.
mod kill_rounds;
/// Findings from run to run: dismissed, reopened, fixed, told in the morning.
mod life;
/// The second program, which asks a server of the author's own.
#[cfg(feature = "link")]
mod link;
/// The real model in the program.
mod llama;
/// An editor that is served while the author writes.
mod lsp;
/// Errors planted in copies, and how many of them are found.
mod measure;
/// Crashes inside the model.
mod model_crash;
/// Neither crates nor imports that reach the network.
mod no_network;
/// A whole novel in one file.
mod one_file;
/// The page to read.
mod page;
/// A novel in a folder of its own, and the program run on it.
mod project_test;
/// Projects of writing programs.
mod projects;
/// What must hold of every manuscript, finding and record.
mod properties;
/// What later passages rested on, after an edit.
mod ripple;
/// Rules, groups and libraries.
mod rules;
/// A run from the chapters to the reports, and the next run.
mod run;
/// What the kernel refuses to both processes.
mod sandbox;
/// The shipped scripts pass their own tests.
mod scripts;
/// Runs that ask a server of the author's own through it.
#[cfg(feature = "link")]
mod server;
/// Models whose files were spoilt, opened by llama.cpp.
mod spoilt_models;
/// Summaries proved, in their forms, compared, and free of what comes later.
mod summaries;
/// Follows a program call by call.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tracer;
/// One model that answers, one that the trained reader reads with.
mod two_models;
/// Saving a chapter while `copydesk watch` looks on.
mod watch;
/// Killing the process that reads, stopping the work, killing the keeper.
mod worker;

/// As in the program, so that the limit on what a script holds is there.
#[global_allocator]
static ALLOCATOR: copydesk::script::limits::CountingAllocator = copydesk::script::limits::CountingAllocator;
