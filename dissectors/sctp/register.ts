export function registerSctp(): void {}
