//! The commented settings that `copydesk init` writes.

/// The configuration that `copydesk init` writes: every setting explained, none of them set.
pub fn template() -> &'static str {
    r#"# yaml-language-server: $schema=.copydesk.schema.json
# copydesk.yaml: how copydesk reads this folder. Everything here is optional; remove the # before a line to set it.

# The name of the series, as reports print it.
#title: The Harbour Books

# The books in reading order. Without this list the folders decide. `chapters` is only needed when neither numbers
# in the front matter nor the file names say the order; `status: published` freezes a book: no finding asks for a change in it.
#books:
#  - folder: book-1
#    title: The Second Key
#    status: published
#  - folder: book-2
#    chapters: [prologue.md, 01.md, 02.md]

# Files and folders of the series bible. Usual: bible/, story-bible/, codex/ and bible.yaml.
#bible: [bible]

# Your own checks and prompts. One with the name of a built-in one replaces it.
#scripts: scripts
#templates: templates

# Your names for the keys that copydesk knows in the front matter of a chapter:
# title, number, pov, characters, location, date, time, status, mode.
#keys:
#  pov: narrator
#  date: story-day

# What is neither chapter nor bible. `*` stays within a name, `**` crosses folders, `?` is one letter.
#ignore:
#  - drafts/
#  - "**/old-*.md"

# The model: a name from `copydesk models`, or the path of a .gguf file; and more folders to look for models in. Of a server of your own, in a
# copydesk that was built with the feature `link`: { server: "http://127.0.0.1:11434", name: llama3.2 }
#model: qwen2.5-1.5b-instruct
#models_dirs: [~/models]

# The model that the trained reader reads with, where it does not fit the one above: a small one that it fits, by its name or path. Usual: the
# smallest on this computer, if both fit into memory. `none`: nothing is read by the trained reader.
#reader: qwen2.5-coder-0.5b-instruct

# The kinds of contradictions that a larger model judges in the trained reader's place, where it does so better in your own chapters:
# `copydesk measure --verdicts` finds that out and prints these lines.
#verdicts:
#  model: qwen3-8b
#  reader: qwen2.5-coder-0.5b-instruct
#  kinds:
#    changed-appearance: [-0.4, 1.2]

# Adapters (LoRA) that you had made for this model, as of your own books. Scripts ask for text with one by its name here: read(…).adapter("voice").
#adapters:
#  voice: adapters/my-voice.gguf

# How many tokens the model may see at once. More needs more memory.
#context: 8192

# Gigabytes of disk for what the model has read, outside this folder, so that a later question about the same page need not read it
# again. 0 keeps nothing.
#reading_memory_gb: 4

# What `copydesk run` runs when you name nothing.
#run: [series-bible]

# Seasons south of the equator: January is summer. Or a calendar of your own, with the months in their order (`season` and `also`, for other
# names, may be left out), the days of the week, and a day whose weekday you know, or `weeks_begin_anew: month` (or year). A leap year comes
# `every` so many years, not in `except`, yet in `unless`, and makes one month longer by `days`. Eras stand in the order of time; a year
# without an era is of the last one.
#calendar:
#  southern_hemisphere: true
# # months:
# #   - { name: Thaw, days: 31, season: spring }
# #   - { name: High Sun, days: 30, season: summer, also: [Hsn] }
# #   - { name: Frostfall, days: 30, season: winter }
# # weekdays: [Moonday, Towerday, Windsday, Freeday]
# # known_day: { date: 1 Thaw 402 AI, weekday: Windsday }
# # leap: { every: 4, except: 100, unless: 400, month: Thaw, days: 1 }
# # eras:
# #   - { name: Before the Fall, short: BF, counts: down }
# #   - { name: Age of Ash, short: AA, years: 300 }
# #   - { name: Age of Iron, short: AI }

# Rules, by the name that each finding shows; `copydesk rules` lists them. `off` shows none of its findings. `severity` lists them as note,
# query or contradiction. `confidence` is how sure the model must be, from 0 to 1, of the answer a finding rests on; findings below it are
# listed apart, as less certain. Usual: 0.33. `copydesk report` suggests a number when you dismiss many findings of a rule.
#rules:
#  missing-entry: off
#  names-alike: { severity: query }
#  changed-appearance: { confidence: 0.8 }

# What a script lets you set, by the script's name. `form` of summaries is all, line, short or long; `until` of story-so-far is the chapter
# that its reader is at.
#settings:
#  summaries: { form: short }
#  story-so-far: { until: book-1/04 }

# Where reports go: `beside` the chapter they are about, or all in the `folder` copydesk-reports.
#reports: beside

# A file with several chapters in it is read chapter by chapter, by their titles. `false` takes every file for one chapter.
#split_files: true
"#
}
