import sys


def main():
    words = ["Hello", "operations"]
    sys.stdout.write(", ".join(words) + "!" + "\n")


if __name__ == "__main__":
    main()
