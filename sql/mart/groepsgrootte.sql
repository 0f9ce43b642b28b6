/*---
description = "Sites in an STO-regio by the number of third-year pupils they have in a leerweg and profile, and the mean number (table B3.3 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "vestigingen", "gemiddeld"] },
  { name = "groepen_tellen_op", expression = "vestigingen_1_5 + vestigingen_6_10 + vestigingen_11_20 + vestigingen_21_30 + vestigingen_meer = vestigingen" },
]

[inputs]
"core.vestiging_profiel" = { window = ["schooljaar", -1, 0] }
"core.inschrijving" = { window = ["schooljaar", -1, 0] }
"core.regio_vestiging" = { window = ["schooljaar", -1, 0] }

# A pupil at two sites counts at both, so persons govern. Every site has a pupil: their number tells as much as the sum.
[disclosure]
unpublished = ["personen", "personen_vorig_jaar"]

[[disclosure.counts]]
column = "personen"
blank = [
  "leerlingen", "gemiddeld", "vestigingen",
  "vestigingen_1_5", "vestigingen_6_10", "vestigingen_11_20", "vestigingen_21_30", "vestigingen_meer",
  "aandeel_1_5", "aandeel_6_10", "aandeel_11_20", "aandeel_21_30", "aandeel_meer",
]

[[disclosure.counts]]
column = "personen_vorig_jaar"
blank = ["leerlingen_vorig_jaar", "gemiddeld_vorig_jaar"]

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
vestigingen = "Sites with at least one pupil; sites outside every STO-regio are left out, as the note under the printed table says"
vestigingen_1_5 = "Sites with 1 to 5 pupils"
vestigingen_6_10 = "Sites with 6 to 10 pupils"
vestigingen_11_20 = "Sites with 11 to 20 pupils"
vestigingen_21_30 = "Sites with 21 to 30 pupils"
vestigingen_meer = "Sites with more than 30 pupils"
aandeel_1_5 = "Share of sites with 1 to 5 pupils, percent"
aandeel_6_10 = "Share of sites with 6 to 10 pupils, percent"
aandeel_11_20 = "Share of sites with 11 to 20 pupils, percent"
aandeel_21_30 = "Share of sites with 21 to 30 pupils, percent"
aandeel_meer = "Share of sites with more than 30 pupils, percent"
leerlingen = "Pupils at those sites; a pupil at two sites counts at both"
gemiddeld = "Mean number of pupils over those sites"
leerlingen_vorig_jaar = "Pupils at such sites in the school year before; null without an earlier year"
gemiddeld_vorig_jaar = "The mean in the school year before; null where no site offered it then"
personen = "Pupils at those sites, each counted once; not published"
personen_vorig_jaar = "The same in the school year before; not published"
---*/
with personen as (
    select i.schooljaar, i.leerweg, i.profiel, count(distinct i.persoon) as personen
    from core.inschrijving i
    join core.regio_vestiging r on r.schooljaar = i.schooljaar and r.vestiging = i.vestiging
    where i.leerjaar = 3
      and i.leerweg in ('bl', 'kl', 'gl')
      and i.sector in ('techniek', 'niet-techniek')
    group by i.schooljaar, i.leerweg, i.profiel
), per_vestiging as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        count(*) as vestigingen,
        count(*) filter (where leerlingen <= 5) as vestigingen_1_5,
        count(*) filter (where leerlingen between 6 and 10) as vestigingen_6_10,
        count(*) filter (where leerlingen between 11 and 20) as vestigingen_11_20,
        count(*) filter (where leerlingen between 21 and 30) as vestigingen_21_30,
        count(*) filter (where leerlingen > 30) as vestigingen_meer,
        sum(leerlingen) as leerlingen,
        avg(leerlingen) as gemiddeld
    from core.vestiging_profiel
    where regio is not null
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, leerweg, profiel, sector
), groepen as (
    select v.*, p.personen
    from per_vestiging v
    join personen p on p.schooljaar = v.schooljaar and p.leerweg = v.leerweg and p.profiel = v.profiel
)
select
    nu.schooljaar,
    nu.leerweg,
    nu.profiel,
    nu.sector,
    nu.vestigingen,
    nu.vestigingen_1_5,
    nu.vestigingen_6_10,
    nu.vestigingen_11_20,
    nu.vestigingen_21_30,
    nu.vestigingen_meer,
    100.0 * nu.vestigingen_1_5 / nu.vestigingen as aandeel_1_5,
    100.0 * nu.vestigingen_6_10 / nu.vestigingen as aandeel_6_10,
    100.0 * nu.vestigingen_11_20 / nu.vestigingen as aandeel_11_20,
    100.0 * nu.vestigingen_21_30 / nu.vestigingen as aandeel_21_30,
    100.0 * nu.vestigingen_meer / nu.vestigingen as aandeel_meer,
    nu.leerlingen,
    nu.gemiddeld,
    case when j.schooljaar is not null then coalesce(vorig.leerlingen, 0) end as leerlingen_vorig_jaar,
    vorig.gemiddeld as gemiddeld_vorig_jaar,
    nu.personen,
    case when j.schooljaar is not null then coalesce(vorig.personen, 0) end as personen_vorig_jaar
from groepen nu
left join groepen vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.leerweg = nu.leerweg
    and vorig.profiel = nu.profiel
left join (select distinct schooljaar from groepen) j
    on j.schooljaar = schooljaar_min(nu.schooljaar, 1)
