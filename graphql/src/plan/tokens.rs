//! Counts a document's tokens before anything is built of them.

use apollo_parser::{Lexer, TokenKind};

use super::document::NESTING;
use super::{Limits, Objection};
use crate::ErrorCode;

/// Counts the tokens. Refuses a document of too many, or whose brackets nest too deep for the parser's
/// stack. What the specification ignores (white space, commas, comments) is no token.
pub(super) fn count(text: &str, limits: &Limits) -> Result<usize, Objection> {
    let mut tokens = 0;
    let mut open = 0_usize;
    for token in Lexer::new(text) {
        match token.map(|token| token.kind()) {
            Ok(TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof) => {
                continue;
            }
            Ok(TokenKind::LCurly | TokenKind::LParen | TokenKind::LBracket) => open += 1,
            Ok(TokenKind::RCurly | TokenKind::RParen | TokenKind::RBracket) => {
                open = open.saturating_sub(1);
            }
            // What is no token at all, parsing will say.
            Ok(_) | Err(_) => {}
        }
        tokens += 1;
        if open >= NESTING {
            return Err(too_deep(limits));
        }
        if tokens > limits.tokens {
            return Err(too_many(limits));
        }
    }
    Ok(tokens)
}

pub(super) fn too_many(limits: &Limits) -> Objection {
    Objection::new(
        ErrorCode::TokenLimit,
        format!(
            "The document has more than {} tokens. Ask for less in one operation.",
            limits.tokens
        ),
    )
}

/// What is said beyond [`NESTING`] is said of the limit that callers know.
pub(super) fn too_deep(limits: &Limits) -> Objection {
    Objection::new(
        ErrorCode::DepthLimit,
        format!("The document nests deeper than {} levels.", limits.depth.min(NESTING)),
    )
}
