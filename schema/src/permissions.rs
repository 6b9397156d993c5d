use std::fmt::Write;

use auth::{Access, Permission, Reach, Role, reach};

use crate::Atrium;

/// The matrix of who may have what: permissions by role, then every field with what it asks for and
/// which roles have it.
pub fn permissions(schema: &Atrium) -> String {
    let mut page = String::from(
        "# Who may have what\n\n\
         Printed from the code by `atrium schema permissions`. Do not edit.\n\n\
         ## Permissions by role\n\n\
         `any` row of the clinic, `linked`: rows of the patients the provider treats, `own`: the \
         caller's own rows and those of patients they stand in for.\n\n",
    );
    write_roles(&mut page).and_then(|()| write_fields(&mut page, schema)).unwrap_or_default();
    page
}

fn write_roles(page: &mut String) -> std::fmt::Result {
    write!(page, "| permission |")?;
    for role in Role::ALL {
        write!(page, " {role} |")?;
    }
    write!(page, "\n| --- |{}\n", " --- |".repeat(Role::ALL.len()))?;
    for &permission in Permission::ALL {
        write!(page, "| {permission} |")?;
        for role in Role::ALL {
            write!(page, " {} |", reach(role, permission).map_or("", word))?;
        }
        writeln!(page)?;
    }
    Ok(())
}

const fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Any => "any",
        Reach::Linked => "linked",
        Reach::Own => "own",
    }
}

fn write_fields(page: &mut String, schema: &Atrium) -> std::fmt::Result {
    write!(
        page,
        "\n## Fields\n\n| field | for | permission | data | roles |\n| --- | --- | --- | --- | --- |\n"
    )?;
    let mut fields: Vec<_> = schema.access().iter().collect();
    fields.sort_by_key(|(object, field, _)| (*object, *field));
    for (object, field, access) in fields {
        let permission = access.permission.map_or("", Permission::as_str);
        writeln!(
            page,
            "| {object}.{field} | {} | {permission} | {} | {} |",
            access.actor.as_str(),
            access.data,
            roles(access)
        )?;
    }
    Ok(())
}

fn roles(access: &Access) -> String {
    let Some(permission) = access.permission else {
        return "all".to_owned();
    };
    let holders = Role::ALL.into_iter().filter(|role| reach(*role, permission).is_some());
    let names: Vec<_> = holders.map(Role::as_str).collect();
    if names.len() == Role::ALL.len() { "all".to_owned() } else { names.join(" ") }
}
