// What some packages hold of others that their own licence file does not name: compiled into WebAssembly, or translated to JavaScript.

const zlib = `This software is provided 'as-is', without any express or implied warranty. In no event will the
authors be held liable for any damages arising from the use of this software.

Permission is granted to anyone to use this software for any purpose, including commercial
applications, and to alter it and redistribute it freely, subject to the following restrictions:

1. The origin of this software must not be misrepresented; you must not claim that you wrote the
   original software. If you use this software in a product, an acknowledgment in the product
   documentation would be appreciated but is not required.

2. Altered source versions must be plainly marked as such, and must not be misrepresented as
   being the original software.

3. This notice may not be removed or altered from any source distribution.`;

/** @type {Record<string, readonly string[]>} texts for the notice, by the name of the package */
export const partsWithin = {
  highs: [
    'highs.wasm is HiGHS (https://highs.dev) compiled to WebAssembly. Within it are, under the MIT License as above, BASICLU\n' +
      '(Copyright (c) 2020 ERGO) and cuPDLP-C (Copyright (c) 2023 COPT-Public), and pdqsort under the zlib License:',
    `Copyright (c) 2015 Orson Peters\n\n${zlib}`,
  ],
  elkjs: [
    'elkjs is the Eclipse Layout Kernel translated to JavaScript; its source is to be had at https://github.com/kieler/elkjs and\n' +
      'https://github.com/eclipse/elk. Within it is the emulation of Java classes by GWT (https://www.gwtproject.org), under the\n' +
      'Apache License 2.0, whose text is that of Berth.',
  ],
};
