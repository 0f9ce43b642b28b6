/*---
description = "Enrolments in mbo by school year, with the person where the onderwijsnummer has a link"
owner = "onderwijsdata"
grain = ["schooljaar", "onderwijsnummer", "brin", "crebo"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerroute", "sectorkamer", "techniek", "niveau"] },
  { name = "persoon_gekoppeld", not_null = ["persoon"], severity = "warning" },
  { accepted = { column = "leerroute", values = ["bol", "bbl"] } },
]

[inputs]
"staging.duo_mbo_inschrijvingen" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
onderwijsnummer = "Pseudonym made of the onderwijsnummer"
persoon = "Pseudonym of the person; null without a link that is one to one"
brin = "Institution, four characters"
crebo = "Code of the programme"
leerroute = "bol or bbl"
sectorkamer = "Sector chamber of the programme"
techniek = "Whether DUO calls the programme technical (techniek-indicatie)"
niveau = "Level of the programme, 1 to 4"
---*/
select
    m.schooljaar,
    m.onderwijsnummer,
    k.persoon,
    m.brin,
    m.crebo,
    m.leerroute,
    m.sectorkamer,
    m.techniek,
    m.niveau
from staging.duo_mbo_inschrijvingen m
left join core.onderwijsnummer k on k.onderwijsnummer = m.onderwijsnummer
