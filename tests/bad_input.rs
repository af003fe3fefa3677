//! Files, models, scripts, templates, names and a computer that are not as they should be: each is told with its name and a next step, the
//! rest is done, and no file of the author's is touched.
//!
//! What can be wrong, and the test that shows what comes of it. A test without a module's name stands in `bad_input/`; the others are named with
//! their file, `engine/` for unit tests.
//!
//! | what is wrong | test |
//! | --- | --- |
//! | bytes that are no UTF-8 | `text::another_encoding` (told with a guess and not read: a quote that was guessed at would be no receipt) |
//! | UTF-16 with a byte-order mark | `text::utf_16_with_its_mark_is_read_and_quoted_at_its_bytes` |
//! | UTF-8 with a byte-order mark | `text::a_mark_before_the_front_matter_is_no_letter` |
//! | line ends of Windows, of old Macs, of all kinds at once | `text::line_ends_of_windows_keep_every_place`, `text::line_ends_of_every_kind` |
//! | NUL bytes | `text::nul_bytes` |
//! | ten megabytes on one line | `text::ten_megabytes_on_one_line` |
//! | Markdown that is meant to take for ever | `text::markdown_that_is_meant_to_take_for_ever` (files over 20 MB: `engine/project/read.rs`) |
//! | many thousand files | `files::two_thousand_small_chapters`; 100,000: `.setup/bench-input` |
//! | links in a circle, out of the folder, to nowhere | `files::links_are_not_followed` |
//! | pipes, sockets, folders with a chapter's name | `files::folders_and_pipes_with_a_chapters_name` |
//! | names with line ends, escapes, other directions; of 255 bytes; of devices; not UTF-8 | `files::names_that_could_move_the_cursor` |
//! | names that other disks take for one | `files::names_that_other_computers_take_for_one` |
//! | YAML that multiplies or nests without end | `yaml::a_yaml_bomb_in_the_bible` |
//! | a key given twice | `yaml::duplicate_keys_are_told_with_their_line` |
//! | `country: no` | `yaml::no_is_a_word` |
//! | front matter that is broken, never ends, is too long | `yaml::broken_front_matter_does_not_hide_the_chapter`, `yaml::front_matter_past_its_limits_is_no_front_matter` |
//! | an empty chapter | `text::chapters_without_a_word`; one that had words before: `text::a_chapter_that_has_lost_its_words` |
//! | a chapter emptied for a moment by its editor | `watch.rs` (the watcher waits), `text::a_chapter_that_has_lost_its_words` (a run tells) |
//! | a chapter longer than the model's context | `text::a_chapter_longer_than_the_context_is_read_in_pieces` |
//! | a chapter changed, or deleted, while a run is at work | `system::what_the_author_does_during_a_run` (reports on what was read are kept and the change told: a night's work is not thrown away for a comma) |
//! | orders to the model | `text::orders_to_the_model_in_a_chapter_are_words` |
//! | scripts without end, too large, too deep | `scripts::hostile_scripts_cost_nothing_but_their_own_job`, `scripts::a_script_that_works_without_end_is_stopped_by_the_deadline`, `hostile.rs` |
//! | a script replaced while it runs | `scripts::a_script_replaced_during_a_run_waits_for_the_authors_word`, `watch.rs` |
//! | templates that do not compile or would fetch | `scripts::a_report_template_that_does_not_compile`, `scripts::a_prompt_template_that_does_not_compile`, `engine/report/tests.rs` |
//! | a model file that is none, cut short, a web page | `models::models_that_are_none`, `engine/model/gguf/tests.rs` |
//! | a model replaced or cut short while it is read | `worker.rs` (`what_is_computed_after_the_models_file_was_changed_is_neither_believed_nor_kept` and its neighbours) |
//! | no memory left | `models::a_worker_that_the_system_ends_is_told_as_want_of_memory`, `models::the_worker_is_ended_before_the_authors_editor`, `worker.rs` |
//! | a graphics card that is lost | not tested: no build for one is tested here |
//! | a full disk | `system::a_full_disk_tears_no_report`, `system::a_full_disk_for_the_state` |
//! | a folder that can only be read | `system::a_disk_that_can_only_be_read`, `system::a_report_that_cannot_be_written_is_put_into_the_state_folder` |
//! | clocks that go backwards, files from 1970 or the future | `system::a_clock_that_goes_backwards` |
//! | sleep in the middle of a job | `engine/watch/` |
//! | two programs on one folder | `run.rs` (`a_second_process_leaves_the_folder_to_the_first`), `watch.rs` (`a_run_beside_a_watch_leaves_the_folder_to_it`), `system::a_second_watch_leaves_the_folder_to_the_first` |
//! | Ctrl-C, a request to end | `worker.rs` (`ctrl_c_ends_a_run_within_two_seconds_and_tells_what_is_left`), `system::a_request_to_end_keeps_what_was_done` |
//! | no home folder, no PATH, no terminal, another language | `system::without_a_home_a_path_or_a_terminal`; every test runs without LANG |
//! | a link or a second name in place of a report | `files::a_link_in_place_of_a_report_is_not_written_through` |
//! | a report that the author has edited | `run.rs` (`a_report_the_author_has_edited_is_kept`) |
//! | copies that a synchronising program left behind | `files::copies_of_a_synchronising_program_are_told_and_not_read` |
//! | a book within a book, a folder that git manages elsewhere | `files::books_within_books_and_folders_of_git` |
//! | a path of 4,000 bytes, and a longer one | `files::paths_as_long_as_the_system_takes_them`, `files::a_path_too_long_for_the_system_is_told` |

mod files;
mod models;
mod scripts;
mod system;
mod text;
mod yaml;

use crate::project_test::{ProjectTest, Ran};

/// Finds lanterns, so that a test sees which chapters were read.
const LANTERNS: &str = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"light\").about(chapter.file).at(found.sentence).say(\"A lantern.\"); }
    }
}
";

/// A novel whose one good chapter holds a lantern.
fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", "Edmund held the lantern.").script("lanterns", LANTERNS)
}

/// The quote of the one finding in a file.
#[track_caller]
fn quote_in<'r>(ran: &'r Ran, file: &str) -> &'r serde_json::Value {
    let found: Vec<_> = ran.findings().iter().map(|finding| &finding["evidence"][0]).filter(|evidence| evidence["file"] == file).collect();
    assert_eq!(found.len(), 1, "one finding in {file}\n{}", ran.stdout);
    found[0]
}

/// Runs the lanterns; the good chapter must be read whatever the others are.
#[track_caller]
fn run(novel: &ProjectTest, status: i32) -> Ran {
    let ran = novel.run(&["lanterns"]);
    ran.expect_status(status);
    assert_eq!(quote_in(&ran, "01.md")["quote"], "Edmund held the lantern.");
    assert!(novel.read("01.lanterns.md").contains("A lantern."));
    ran
}

/// Fails unless all words stand in the text.
#[track_caller]
fn expect_words(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "“{word}” is not said: {text}");
    }
}
