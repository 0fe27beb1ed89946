/// The version of everything in this package.
let martletVersion = "0.1.0"
