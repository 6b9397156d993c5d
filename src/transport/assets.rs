use rust_embed::RustEmbed;

/// GraphiQL as `script/setup` built it; empty when it was not built.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
pub struct Assets;
