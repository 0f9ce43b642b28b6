//! Each shipped contract takes the delivery it is for, in the form in which it really comes.
use std::fs;

use crate::marts_project::Project;

/// Citizen service numbers and education numbers that pass their tests.
const BSN: [&str; 3] = ["111111122", "111111134", "111111146"];
const OWN: [&str; 2] = ["211111114", "211111126"];

/// A delivery, and what must become of it.
struct Case {
    pipeline: &'static str,
    file: &'static str,
    text: String,
    /// Rows in, staged, quarantined and dropped.
    counts: [i64; 4],
    /// A query on the staged rows, and its answer.
    query: &'static str,
    answer: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let [one, two, three] = BSN;
    let [student, graduate] = OWN;
    let wrong = "111111111";
    let mbo = |number: &str, year: &str, rest: &str| format!("{number}{year}25LH25{rest}\n");
    vec![
        Case {
            pipeline: "duo_examens",
            file: "duo_examens_2019.csv",
            text: format!(
                "BURGERSERVICENUMMER;BRIN;VESTIGINGSNUMMER;VAKCODE;SOORT VAK;AANBIEDEND PROFIEL;CIJFER\n\
                 {one};25LH;00;1201;K;PIE;6,4\n{two};25LH;01;1101;M;Bouwen, wonen en interieur;\n{wrong};25LH;01;1101;M;BWI;5,0\n"
            ),
            counts: [3, 2, 1, 0],
            query: "select schooljaar, vestiging, vakcode, soort, aanbiedend_profiel, cijfer from staging.duo_examens order by 2",
            answer: &[
                "2019-2020|25LH00|1201|keuzevak|PIE|6.4",
                "2019-2020|25LH01|1101|profielmodule|BWI|",
            ],
        },
        Case {
            pipeline: "duo_mbo_inschrijvingen",
            file: "duo_mbo_inschrijvingen_2020.asc",
            text: mbo(student, "2020", "331BBL02J3Eerste autotechnicus")
                + &mbo(graduate, "2020", "655BOL09N1Assistent")
                + &mbo(graduate, "2019", "655BOL09N1Assistent"),
            counts: [3, 2, 1, 0],
            query: "select schooljaar, brin, crebo, leerroute, sectorkamer, techniek, niveau from staging.duo_mbo_inschrijvingen order by crebo",
            answer: &[
                "2020-2021|25LH|25331|bbl|Mobiliteit, transport, logistiek en maritiem|true|3",
                "2020-2021|25LH|25655|bol|Entree|false|1",
            ],
        },
        Case {
            pipeline: "duo_koppeling",
            file: "duo_koppeling.csv",
            text: format!("ONDERWIJSNUMMER;BURGERSERVICENUMMER\n{student};{one}\n{graduate};{two}\n{one};{two}\n"),
            counts: [3, 2, 1, 0],
            query: "select count(distinct onderwijsnummer), count(distinct persoon) from staging.duo_koppeling",
            answer: &["2|2"],
        },
        Case {
            pipeline: "duo_personeel",
            file: "duo_personeel_2022.csv",
            text: format!(
                "BURGERSERVICENUMMER;BRIN;VOLGNUMMER;AARD ARBEIDSRELATIE;BETREKKINGSOMVANG;FUNCTIECATEGORIE;GESLACHT;GEBOORTEDATUM\n\
                 {one};25LH;1;1;0,8000;09;M;19801001\n{one};25LH;2;2;0,1250;14;M;19801001\n{two};25LH;1;4;1,0000;2;O;19801002\n\
                 {three};25LH;1;5;1,0000;2;V;19801002\n{three};25LH;2;1;1,0000;19;V;19801002\n"
            ),
            counts: [5, 3, 2, 0],
            query: "select schooljaar, volgnummer, aard, betrekkingsomvang, functiecategorie, functiegroep, geslacht, leeftijd \
                    from staging.duo_personeel order by 3",
            answer: &[
                "2022-2023|1|1|0.8000|9|onderwijsgevend|MAN|42",
                "2022-2023|2|2|0.1250|14|ondersteunend|MAN|42",
                "2022-2023|1|4|1.0000|2|directie|ONBEKEND|41",
            ],
        },
        Case {
            pipeline: "ipto_lessen",
            file: "ipto_lessen_2022.csv",
            text: format!(
                "BURGERSERVICENUMMER;BRIN;LEERWEG;VAKCODE;UREN;BEVOEGDHEID\n\
                 {one};25LH;BL;P201;7,5;1\n{one};25LH;onderbouw;A017;2;2\n{two};25LH;kl;P999;2;1\n"
            ),
            counts: [3, 2, 1, 0],
            query: "select leerweg, l.vakcode, vak, groep, profiel, uren, bevoegdheid from staging.ipto_lessen l \
                    join ref.vakken using (vakcode) join ref.vakgroepen using (vakcode) order by 1",
            answer: &[
                "bl|P201|profielvak (PIE)|profiel|PIE|7.50|1",
                "onderbouw|A017|Wiskunde|avo||2.00|2",
            ],
        },
        Case {
            pipeline: "ipto_vakken",
            file: "ipto_vakken_2022.csv",
            text: format!(
                "BURGERSERVICENUMMER;BRIN;LESEENHEDEN\n{one};25LH;1P20110502A0170245\n{two};25LH;\n{three};25LH;1P9990150\n\
                 {three};26LH;1P20101\n"
            ),
            counts: [4, 2, 2, 0],
            query: "select schooljaar, brin, graadsector, vakcode, leseenheden, lesduur from staging.ipto_vakken order by 3",
            answer: &["2022-2023|25LH|1|P201|10|50", "2022-2023|25LH|2|A017|2|45"],
        },
        Case {
            pipeline: "cbs_koppeling",
            file: "cbs/cbs_koppeling.csv",
            text: format!(
                "RINPERSOONS;RINPERSOON;BURGERSERVICENUMMER\nR;000000001;{one}\nR;000000002;{two}\nR;00000002;{three}\nS;000000003;{three}\n"
            ),
            counts: [4, 2, 1, 1],
            query: "select count(distinct rin), count(distinct persoon) from staging.cbs_koppeling",
            answer: &["2|2"],
        },
        Case {
            pipeline: "cbs_spolisbus",
            file: "cbs/spolisbus/SPOLISBUS2017V3.csv",
            text: "rinpersoons;RINPERSOON;IKVID;SDATUMAANVANGIKO;SDATUMEINDEIKO;SBASISUREN;SBASISLOON;SCONTRACTSOORT;SBEID;SSRTIV\n\
                   R;000000001;1;20170101;20171231;1600;32000.50;O;0000000012;15\n\
                   R;000000002;2;20160901;99999999;80.5;900;B;;15\n\
                   R;000000002;3;20170901;20170801;80.5;900;B;12;15\n\
                   S;000000001;4;20170901;20170801;x;900;B;12;15\nG;;5;;;;;;;\n"
                .to_owned(),
            counts: [5, 2, 1, 2],
            query: "select jaar, begindatum, einddatum, basisuren, basisloon, contractsoort, beid is null \
                    from staging.cbs_spolisbus order by begindatum",
            answer: &[
                "2017|2016-09-01||80.50|900.00|B|true",
                "2017|2017-01-01|2017-12-31|1600.00|32000.50|O|false",
            ],
        },
        Case {
            pipeline: "cbs_betab",
            file: "cbs/betab/BETAB2017V1.csv",
            text: "BEID;SBI2008_2017\n0000000012;0111\n0000000013;\n0000000014;A\n".to_owned(),
            counts: [3, 2, 1, 0],
            query: "select jaar, sbi, s.rin is not null from staging.cbs_betab b left join staging.cbs_spolisbus s using (jaar, beid) \
                    order by 2",
            answer: &["2017|0111|true", "2017||false"],
        },
        Case {
            pipeline: "cbs_secmbus",
            file: "cbs/secmbus/SECMBUS2017V1.csv",
            text: "RINPERSOONS;RINPERSOON;AANVSECM;EINDSECM;SECM\n\
                   R;000000001;20100901;20140731;26\nR;000000001;20140801;;11\nR;000000002;20140801;20999999;11\n"
                .to_owned(),
            counts: [3, 2, 1, 0],
            query: "select jaar, begindatum, einddatum, secm from staging.cbs_secmbus order by 2",
            answer: &["2017|2010-09-01|2014-07-31|26", "2017|2014-08-01||11"],
        },
        Case {
            pipeline: "cbs_hoogsteopl",
            file: "cbs/hoogsteopl/HOOGSTEOPL2017TABV1.csv",
            text: "RINPERSOONS;RINPERSOON;OPLNIVSOI2021AGG4HBMETNIRWO;RICHTISCEDF2013HBMETNIRWO\n\
                   R;000000001;3112;0114\nR;000000002;2121;0715\nR;000000003;9999;9999\nR;000000004;4000;0715\n"
                .to_owned(),
            counts: [4, 3, 1, 0],
            query: "select jaar, opleidingsniveau, niveau, opleidingsrichting, richting from staging.cbs_hoogsteopl order by 2",
            answer: &[
                "2017|2121|mbo|0715|andere opleiding",
                "2017|3112|hbo|0114|lerarenopleiding",
                "2017|9999|onbekend|9999|onbekend",
            ],
        },
        Case {
            pipeline: "duo_lerarenopleidingen",
            file: "duo_lerarenopleidingen.csv",
            text: "OPLEIDING;STUDIEJAAR;INSTROOM BACHELOR;GEDIPLOMEERDEN\nTechniek;2021/2022;120;80\nTechniek;2022/2023;;75\n"
                .to_owned(),
            counts: [2, 2, 0, 0],
            query: "select opleiding, studiejaar, instroom, gediplomeerden from staging.duo_lerarenopleidingen order by 2",
            answer: &["Techniek|2021-2022|120|80", "Techniek|2022-2023||75"],
        },
    ]
}

#[test]
fn every_contract_takes_its_delivery() {
    let project = Project::new();
    // a row of a small file is a large share of it
    for entry in fs::read_dir(project.root().join("pipelines")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("max_rejected = \"0.5%\"", "max_rejected = \"60%\"")).unwrap();
    }
    let cases = cases();
    for case in &cases {
        project.deliver(case.file, &case.text);
    }
    project.succeed(&["ingest"]);
    for case in &cases {
        let counts = format!(
            "select rows_in, rows_staged, rows_quarantined, rows_dropped from ops.deliveries where pipeline = '{}' and status = 'published'",
            case.pipeline
        );
        assert_eq!(
            project.sql(&counts),
            [case.counts.map(|count| count.to_string()).join("|")],
            "{}",
            case.pipeline
        );
        assert_eq!(project.sql(case.query), case.answer, "{}", case.pipeline);
    }
    // the link ties a job to a person of the schools
    let linked = "select count(*) from staging.cbs_spolisbus join staging.cbs_koppeling using (rin) \
                  join staging.duo_personeel using (persoon) where contractsoort = 'O' and aard = 1";
    assert_eq!(project.number(linked), 1);
}
