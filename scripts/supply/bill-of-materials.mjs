// The bill of materials of the packaged extension (SBOM), as CycloneDX JSON 1.6: the same bytes for the same packages.
import * as CycloneDX from '@cyclonedx/cyclonedx-library';

const { Enums, Models, Serialize, Spec } = CycloneDX;

/**
 * @typedef {object} LockedPackage
 * @property {string} [integrity] `sha512-` and the hash of the package's archive in base64
 * @property {Record<string, string>} [dependencies]
 */

/**
 * @param {{name: string, version: string, license: string, description: string}} manifest of the extension
 * @param {readonly import('./shipped-packages.mjs').ShippedPackage[]} packages
 * @param {Record<string, LockedPackage>} locked the lockfile's packages, by folder
 * @returns {string} no serial number and no time: they would differ from one packaging to the next
 */
export function billOfMaterials(manifest, packages, locked) {
  const extension = new Models.Component(Enums.ComponentType.Application, manifest.name, {
    version: manifest.version,
    description: manifest.description,
    bomRef: manifest.name,
  });
  extension.licenses.add(new Models.SpdxLicense(manifest.license));
  const bom = new Models.Bom();
  bom.metadata.component = extension;
  bom.metadata.lifecycles.add(Enums.LifecyclePhase.Build);

  const components = new Map(packages.map((each) => [each.folder, componentOf(each, locked[each.folder])]));
  for (const [folder, component] of components) {
    bom.components.add(component);
    extension.dependencies.add(component.bomRef);
    for (const name of Object.keys(locked[folder]?.dependencies ?? {})) {
      const found = placesOf(name, folder).find((place) => components.has(place));
      const dependency = found === undefined ? undefined : components.get(found);
      if (dependency !== undefined) component.dependencies.add(dependency.bomRef);
    }
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/**
 * @param {import('./shipped-packages.mjs').ShippedPackage} shipped
 * @param {LockedPackage | undefined} locked
 */
function componentOf({ folder, name, version, licence }, locked) {
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    bomRef: folder, // one version may lie in two folders
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    scope: Enums.ComponentScope.Required,
  });
  component.licenses.add(new Models.SpdxLicense(licence));
  const hash = /^sha512-(.+)$/.exec(locked?.integrity ?? '')?.[1];
  if (hash === undefined) throw new Error(`the lockfile has no hash of ${folder}.`);
  component.hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(hash, 'base64').toString('hex'));
  return component;
}

/**
 * Where Node looks for a package that one in `folder` names, nearest first.
 * @param {string} name @param {string} folder
 */
function placesOf(name, folder) {
  const parts = folder.split('/node_modules/');
  return Array.from(parts, (_, i) => [...parts.slice(0, parts.length - i), name].join('/node_modules/')).concat(
    `node_modules/${name}`,
  );
}
