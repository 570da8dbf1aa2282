export function registerIcmp(): void {}
