def login(client, username, password):
    body = {"username": username, "password": password}
    return client.post("/api/login/", json=body)


def create(client, headers):
    user = {"username": "grace", "password": "the compiler"}
    return client.post("/admin/users/", json=user, headers=headers)


def remove(client, headers):
    return client.delete("/admin/users/ada/", headers=headers)


def test_login_gives_a_token_for_the_right_password(client):
    token = login(client, "ada", "the engine").json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/me/thoughts/", headers=headers).status_code == 200
    assert login(client, "ada", "the wrong one").status_code == 401
    assert login(client, "nobody", "the engine").status_code == 401


def test_only_administrators_make_users(client, ada, admin):
    assert create(client, {}).status_code == 401
    assert create(client, ada).status_code == 403
    assert create(client, admin).status_code == 201
    assert create(client, admin).status_code == 409
    assert login(client, "grace", "the compiler").status_code == 200


def test_a_user_is_removed_with_all_thoughts(client, ada, admin):
    client.post("/api/me/thoughts/", json={"text": "mine"}, headers=ada)
    assert remove(client, ada).status_code == 403
    assert remove(client, admin).status_code == 204
    assert remove(client, admin).status_code == 404
    assert client.get("/api/thoughts/").json == []
    # The token that ada still has is one of nobody.
    assert client.get("/api/me/thoughts/", headers=ada).status_code == 401
