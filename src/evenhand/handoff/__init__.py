"""From an approved plan to a warm handoff: whose each deal is when, who introduces whom, and who is told what when."""
