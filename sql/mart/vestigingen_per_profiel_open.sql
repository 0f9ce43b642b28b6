/*---
description = "School sites with at least one third-year pupil in a profile in bl, kl or gl, from the open counts (table B3.5 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["profiel", "vestigingen"] },
  { accepted = { column = "profiel", values = ["BWI", "MaT", "MVI", "M&T", "PIE", "D&P", "E&O", "Groen", "HBR", "Z&W"] } },
  { expression = "vestigingen > 0" },
]

[inputs]
"core.vestiging_leerlingen" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "Profile of the vocational tracks"
vestigingen = "Number of sites; a site counts once whatever tracks it offers the profile in"
---*/
select
    schooljaar,
    profiel,
    count(distinct vestiging) as vestigingen
from core.vestiging_leerlingen
where leerjaar = 3
  and leerweg in ('bl', 'kl', 'gl')
  and sector in ('techniek', 'niet-techniek')
group by schooljaar, profiel
