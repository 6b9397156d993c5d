use clap::ValueEnum;
use graphql::Limits;

use super::CommandError;

/// What is printed.
#[derive(Clone, Copy, ValueEnum)]
pub enum What {
    /// The schema in SDL, as in `schema/schema.graphql`.
    Sdl,
    /// Who may have what, as in `schema/permissions.md`.
    Permissions,
}

/// Prints it.
pub fn run(what: What) -> Result<(), CommandError> {
    let built = schema::build(Limits::default())?;
    match what {
        What::Sdl => print!("{}", built.sdl()),
        What::Permissions => print!("{}", schema::permissions(&built)),
    }
    Ok(())
}
