/// The version of everything in this package. Ranks that differ in it do not meet; `martlet.h` has
/// it in numbers.
package let martletVersion = "0.1.0"
