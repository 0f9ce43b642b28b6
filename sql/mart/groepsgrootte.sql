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

[[disclosure.counts]]
column = "leerlingen"
blank = "gemiddeld"

[[disclosure.counts]]
column = "leerlingen_vorig_jaar"
blank = "gemiddeld_vorig_jaar"

[[disclosure.units]]
column = "vestigingen"
min = 1

[[disclosure.units]]
column = "vestigingen_1_5"
min = 1
blank = "aandeel_1_5"

[[disclosure.units]]
column = "vestigingen_6_10"
min = 1
blank = "aandeel_6_10"

[[disclosure.units]]
column = "vestigingen_11_20"
min = 1
blank = "aandeel_11_20"

[[disclosure.units]]
column = "vestigingen_21_30"
min = 1
blank = "aandeel_21_30"

[[disclosure.units]]
column = "vestigingen_meer"
min = 1
blank = "aandeel_meer"

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
---*/
with groepen as (
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
    vorig.gemiddeld as gemiddeld_vorig_jaar
from groepen nu
left join groepen vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.leerweg = nu.leerweg
    and vorig.profiel = nu.profiel
left join (select distinct schooljaar from groepen) j
    on j.schooljaar = schooljaar_min(nu.schooljaar, 1)
