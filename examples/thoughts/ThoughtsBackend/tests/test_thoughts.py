def post(client, headers, text):
    return client.post("/api/me/thoughts/", json={"text": text}, headers=headers)


def search(client, words):
    return texts(client.get("/api/thoughts/", query_string={"search": words}))


def texts(response):
    assert response.status_code == 200
    return [thought["text"] for thought in response.json]


def test_a_thought_is_there_for_everybody(client, ada):
    created = post(client, ada, "I think")
    assert created.status_code == 201
    assert created.json["username"] == "ada"
    found = client.get(f"/api/thoughts/{created.json['id']}/")
    assert found.json["text"] == "I think"


def test_a_thought_that_nobody_had_is_not_found(client):
    assert client.get("/api/thoughts/4/").status_code == 404
    assert client.get(f"/api/thoughts/{2 ** 63}/").status_code == 404


def test_a_thought_needs_a_token_and_a_text(client, ada):
    assert post(client, {}, "whose?").status_code == 401
    for text in ["", "x" * 251, "\0", "\ud800", 4, None]:
        assert post(client, ada, text).status_code == 400
    assert texts(client.get("/api/thoughts/")) == []


def test_search_takes_no_notice_of_case_and_has_no_wildcards(client, ada):
    for text in ["An Apple a day", "100 % apple juice", "pears"]:
        post(client, ada, text)
    assert search(client, "APPLE") == ["An Apple a day", "100 % apple juice"]
    assert search(client, "%") == ["100 % apple juice"]
    assert client.get("/api/thoughts/?search=%00").status_code == 400


def test_own_thoughts_are_own(client, ada, admin):
    post(client, ada, "hers")
    post(client, admin, "his")
    assert texts(client.get("/api/me/thoughts/", headers=ada)) == ["hers"]
    assert client.get("/api/me/thoughts/").status_code == 401
