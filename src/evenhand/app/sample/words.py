"""Words that names are made of: companies that don't exist, and common names of people.

A company's name is an invented word and what it does; if one is the name of a real company, that is chance.
"""

from __future__ import annotations


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


HEADS = _words(
    "Aldr Arvo Bask Bell Bram Bren Brind Cald Carr Cask Cind Corv Dal Dorn Drum Eld Emb Fal Fenn Fjord Garn Gild Glen",
    "Grav Hald Harn Hespe Holl Ister Jasp Kelb Kest Lark Lind Lor Marr Meld Mirr Nav Nel Nor Ock Orr Oster Pell",
    "Pendr Quell Quill Rav Rend Ros Sable Sarn Sel Sten Tal Tarn Thorn Torv Ulm Ust Vald Vant Verr Wex Wick Wren",
    "Yarr Zel Zorn",
)
MIDDLES = _words("a e i o u an en er in on ar el al or is")
TAILS = _words(
    "bury cott crest dale den dine drake fax field fold gate gor grove ham hurst lane laxe lin lock low mere mond more",
    "nix quist rick row sen shaw stead stow tane thorpe ton vale vane vik ward well wick wood worth",
)

VERTICAL_WORDS: dict[str, tuple[str, ...]] = {
    "Manufacturing": (
        "Fabrication", "Castings", "Controls", "Machine", "Polymers", "Tooling", "Packaging", "Components",
    ),
    "Healthcare": ("Health", "Clinics", "Diagnostics", "Medical", "Care", "Dental", "Labs", "Rehabilitation"),
    "Financial services": ("Capital", "Credit Union", "Insurance", "Lending", "Wealth", "Trust", "Payments", "Mutual"),
    "Retail": ("Outfitters", "Stores", "Markets", "Home", "Grocers", "Apparel", "Hardware", "Goods"),
    "Logistics": ("Freight", "Logistics", "Haulage", "Warehousing", "Couriers", "Shipping", "Cold Chain", "Transit"),
    "Technology": ("Software", "Systems", "Networks", "Analytics", "Cloud", "Robotics", "Devices", "Security"),
    "Education": ("Academy", "College", "Learning", "Schools", "Institute", "Tutors", "Press", "Campus"),
    "Energy": ("Energy", "Power", "Solar", "Gas", "Utilities", "Drilling", "Grid", "Wind"),
    "Professional services": (
        "Advisors", "Associates", "Consulting", "Engineering", "Legal", "Partners", "Staffing", "Design",
    ),
    "Public sector": ("County", "Water District", "Transit Authority", "Township", "Port", "Library", "Parks", "City"),
}  # fmt: skip
LEGAL_FORMS = ("Inc", "LLC", "Corp", "Group", "Co", "Ltd")

FIRST_NAMES = _words(
    "Aaron Abigail Adam Aisha Alex Alice Amara Amir Ana Andre Anita Anna Arjun Ben Bianca Brian Camila Carlos Carmen",
    "Chloe Chris Claire Daniel Daria David Deepa Diego Elena Eli Emily Emma Eric Esther Ethan Fatima Felix Fiona",
    "Gabriel Grace Hana Hannah Henry Hugo Ian Imani Ines Ivan Jack Jade James Jamal Jasmine Jin Joan Jonas Jorge",
    "José Julia Kai Karen Kate Keisha Kevin Lara Laura Leah Leo Liam Lin Lucas Lucy Malik Marcus Maria Mark Maya Mei",
    "Miguel Mila Mina Nadia Naomi Nate Nina Noah Nora Olga Oliver Omar Owen Paul Petra Priya Rachel Rafael Ravi Renée",
    "Rosa Ruth Ryan Sam Sara Sean Simon Sofia Tara Theo Tomas Uma Victor Wei Will Yara Yusuf Zoë",
)
LAST_NAMES = _words(
    "Adams Ahmed Alvarez Anderson Bailey Baker Banerjee Bell Bennett Brooks Brown Campbell Carter Castillo Chan Chen",
    "Clark Cohen Cole Collins Cooper Cruz Das Davis Diaz Dubois Edwards Evans Fernandez Fisher Flores Ford Foster",
    "Fraser Garcia Gomez Gonzalez Gray Green Gupta Hall Harris Hayes Hernandez Hill Hughes Hussain Ibrahim Jackson",
    "Jenkins Johnson Jones Kaur Kelly Khan Kim King Kowalski Kumar Lambert Lee Lewis Li Lopez Martin Martinez Mason",
    "Mehta Meyer Miller Mitchell Moore Morales Morgan Morris Murphy Murray Nelson Nguyen Novak Okafor Ortiz Osei",
    "Park Parker Patel Perez Peterson Phillips Powell Price Ramirez Reed Reyes Rivera Roberts Robinson Rodriguez",
    "Rogers Ross Roy Russell Sanchez Santos Schmidt Scott Shah Silva Singh Smith Stewart Sullivan Taylor Thomas",
    "Thompson Torres Tran Turner Walker Wang Ward Watson White Williams Wilson Wong Wood Wright Yang Young Zhang",
)

PLAIN_LETTERS = {"é": "e", "ë": "e"}
"""What stands for a letter in an e-mail address."""
