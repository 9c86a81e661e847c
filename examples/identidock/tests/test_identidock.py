from identidock import app

client = app.test_client()


def test_site_says_hello():
    response = client.get("/")
    assert response.status_code == 200
    assert response.text == "Hello Docker!\n"


def test_site_cannot_be_written():
    assert client.post("/").status_code == 405


def test_unknown_page_is_not_found():
    assert client.get("/nowhere").status_code == 404
