text() {  # text NAME: read standard input into the variable NAME, unchanged, without the last line end
  IFS= read -r -d '' "$1" || true
  printf -v "$1" '%s' "${!1%$'\n'}"
}
