from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return "Hello Docker!\n"


if __name__ == "__main__":
    # Development only: uWSGI imports `app`.
    app.run(debug=True, host="0.0.0.0")
