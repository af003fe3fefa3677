//! `copydesk init`, `copydesk models` and `copydesk doctor`: what they print and their exit status.

use super::args::{Doctor, Models, ModelsCommand, Place};
use super::model_choice::{self, Computer};
use super::{card, doctor, init as beginning, messages, models as list, reader_file};
use crate::project::Config;
use std::path::Path;

/// Writes the files to begin with.
pub fn init(place: &Place) -> u8 {
    messages::outcome(beginning::init(&place.folder))
}

/// Shows the models of this computer, or keeps a choice.
pub fn models(arguments: &Models) -> u8 {
    let (config, _) = Config::load(Path::new("."));
    let computer = Computer::here(&config, &arguments.folder);
    if arguments.best {
        return messages::outcome(
            model_choice::pick(&computer, None, &config, None)
                .map(|picked| picked.map_or_else(String::new, |picked| picked.card.path.display().to_string())),
        );
    }
    match &arguments.what {
        Some(ModelsCommand::Use { model }) => messages::outcome(list::use_model(&computer, model)),
        Some(ModelsCommand::Show { model }) => messages::outcome(card::show(&computer, model, config.context)),
        Some(ModelsCommand::Reader { size, to, server }) => messages::outcome(reader_file::write(size, to, *server)),
        None => messages::outcome(Ok(list::list(&computer, config.context))),
    }
}

/// Shows what works here.
pub fn doctor(arguments: &Doctor) -> u8 {
    let asked = doctor::Asked { model: arguments.setting.model.as_deref(), state: arguments.setting.state.as_deref() };
    let (report, is_well) = doctor::report(arguments.folder.as_deref(), asked);
    messages::say(&report);
    if is_well { 0 } else { 3 }
}
