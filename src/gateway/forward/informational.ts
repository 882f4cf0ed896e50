// Texts of informational responses; nobody but people reads them.

export const informationalTexts: Readonly<Record<number, string>> = { 102: 'Processing', 103: 'Early Hints' };
