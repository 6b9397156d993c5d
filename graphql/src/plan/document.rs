use apollo_compiler::executable::Operation;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, Schema};

use super::{Limits, Objection, bounds, tokens};
use crate::{ErrorCode, Location};

/// A document that is within its limits and valid against the schema.
pub(crate) struct Document {
    pub executable: Valid<ExecutableDocument>,
}

/// Selection sets and values nest no deeper than this, whatever the depth limit: it keeps the parser
/// from the end of its stack.
pub(super) const NESTING: usize = 64;

/// To the parser, white space, commas and comments are tokens, too. A document has this many pieces
/// for each token at most.
const PIECES_PER_TOKEN: usize = 10;

impl Document {
    /// Checks and parses a document. The cheap checks come first: validation is slow on documents
    /// that are made to make it slow.
    pub fn parse(
        schema: &Valid<Schema>,
        text: &str,
        limits: &Limits,
    ) -> Result<Self, Vec<Objection>> {
        tokens::check(text, limits).map_err(|objection| vec![objection])?;
        let pieces = limits.tokens.saturating_mul(PIECES_PER_TOKEN);
        let mut parser = Parser::new().recursion_limit(NESTING).token_limit(pieces);
        let parsed = parser.parse_ast(text, "document.graphql");
        if parser.tokens_reached() > pieces {
            return Err(vec![tokens::too_many(limits)]);
        }
        if parser.recursion_reached() >= NESTING {
            return Err(vec![tokens::too_deep(limits)]);
        }
        let ast = parsed.map_err(|errors| objections(ErrorCode::ParseFailed, &errors.errors))?;
        bounds::check(&ast, limits).map_err(|objection| vec![objection])?;
        let executable = ast
            .to_executable_validate(schema)
            .map_err(|errors| objections(ErrorCode::ValidationFailed, &errors.errors))?;
        Ok(Self { executable })
    }

    /// The operation of this name, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Vec<Objection>> {
        self.executable.operations.get(name).map_err(|_| {
            let message = match name {
                Some(_) => "The document has no operation of the name in `operationName`.",
                None => "The document has several operations: say which one in `operationName`.",
            };
            vec![Objection::new(ErrorCode::ValidationFailed, message)]
        })
    }

    /// Where a node of the document stands.
    pub fn location<T>(&self, node: &Node<T>) -> Location {
        let place = node.location().and_then(|span| span.line_column(&self.executable.sources));
        place.map_or(Location { line: 1, column: 1 }, |place| Location {
            line: place.line,
            column: place.column,
        })
    }
}

/// The most errors that one document gets.
const MOST: usize = 10;

fn objections(code: ErrorCode, errors: &DiagnosticList) -> Vec<Objection> {
    errors
        .iter()
        .take(MOST)
        .map(|error| {
            let place = error.line_column_range();
            Objection {
                code,
                message: error.error.to_string(),
                locations: place
                    .map(|range| Location { line: range.start.line, column: range.start.column })
                    .into_iter()
                    .collect(),
                field: None,
            }
        })
        .collect()
}
