// Asio is header only by default, and compiles itself into every unit that includes it. Here it is compiled once, which
// takes a quarter off each of those units.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
