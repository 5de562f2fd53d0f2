// The program `weir`: see `weir --help`, and src/app/commands.hpp for what is behind each verb.
#include "app/commands.hpp"

int main(int argc, char** argv) { return weir::app::run_command(argc, argv); }
