//! Code lists: contracts and SQL read the same thing in them.
use std::fs;

use crate::cli::{assert_shown, project, sluis};

#[test]
fn a_code_list_is_the_same_for_contracts_and_in_sql() {
    let dir = project();
    let lists = dir.path().join("config/reference");
    fs::remove_dir_all(dir.path().join("sql")).unwrap();
    fs::remove_dir_all(dir.path().join("pipelines")).unwrap();
    for folder in ["sql/mart", "pipelines"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    let text = "# routes through school\nCode;Naam\nbl; basis \n# not used any more\nkl;\n";
    fs::write(lists.join("leerwegen.csv"), text).unwrap();
    let contract = "description = \"x\"\nowner = \"x\"\nsource = \"x\"\n\
                    [[files]]\nglob = \"x.csv\"\n[format]\ntype = \"delimited\"\ndelimiter = \",\"\nencoding = \"utf-8\"\n\
                    [[columns]]\nname = \"weg\"\ntype = \"code\"\ncode_list = \"leerwegen\"\ncode_column = \"code\"\n\
                    lookup = { naam = \"naam\" }\n";
    fs::write(dir.path().join("pipelines/wegen.toml"), contract).unwrap();
    fs::write(dir.path().join("landing/x.csv"), "weg\nkl\nbl\n").unwrap();
    let taken = sluis(dir.path()).arg("ingest").output().unwrap();
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let sql = "select code, l.naam, w.naam as staged, l.naam is null as blank from ref.leerwegen l \
               join staging.wegen w on weg = code order by code";
    assert_shown!(dir.path(), ["sql", sql, "--format", "csv"]);

    // told once, and not again for the model that reads it
    fs::write(lists.join("fout.csv"), "code,naam\na,b,c\n").unwrap();
    let model = "/*---\ndescription = \"x\"\n---*/\nselect code from ref.fout\n";
    fs::write(dir.path().join("sql/mart/x.sql"), model).unwrap();
    assert_shown!(dir.path(), ["validate"]);
    assert_shown!(dir.path(), ["sql", "select * from ref.fout"]);
}
