"""What came of an event, laid out for reading."""

from evenhand.adapters.report.event_words import lay_out


def test_a_sentence_of_many_parts_becomes_a_list_and_brackets_stay_whole():
    message = "T07 is given up. It goes on: A takes 1 (10 %; its share 2. hours); B takes 2; and 1 more. The end."
    assert lay_out(message) == (
        "T07 is given up.",
        "It goes on:",
        ("A takes 1 (10 %; its share 2. hours)", "B takes 2", "and 1 more"),
        "The end.",
    )


def test_short_sentences_stay_one_paragraph():
    assert lay_out("One; two. Three.") == ("One; two. Three.",)
