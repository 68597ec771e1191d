text() {  # text NAME: put standard input into the variable NAME, to the letter, without the end of its last line
  IFS= read -r -d '' "$1" || true
  printf -v "$1" '%s' "${!1%$'\n'}"
}
