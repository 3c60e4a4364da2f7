/**
 * Error numbers of MySQL and MariaDB, by what they mean to a caller. From 1900 on the two servers number apart; what is listed
 * is met with one of them only. docs/DATA.md has the same lists.
 */
export const errorNumbers = Object.freeze({
  /** Another row has the key, or the value of a unique index. */
  duplicate: [1022, 1062, 1169, 1586, 1859],
  /** Values that are never taken: too large, too long, of another type, against a rule of the table. */
  refused: [
    1048, 1118, 1138, 1153, 1216, 1217, 1264, 1265, 1292, 1300, 1301, 1365, 1366, 1367, 1406, 1411, 1441,
    1451, 1452, 1526, 1557, 1644, 1690, 1713, 1748, 1761, 1863, 3140, 3156, 3673, 3819, 4025,
  ],
  /** Lock wait timeout, deadlock, a row or a table that changed meanwhile, a commit that lost against another server's. */
  conflict: [1020, 1205, 1213, 1412, 1615, 1689, 3101, 3572],
  /**
   * The server stops, is read-only, has too many connections or prepared statements, gave a statement up, has trouble with its
   * files or its cluster.
   */
  away: [
    1023, 1024, 1028, 1030, 1036, 1040, 1042, 1043, 1047, 1053, 1077, 1078, 1079, 1080, 1129, 1135, 1152,
    1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1189, 1190, 1203, 1223, 1226, 1243, 1290, 1297,
    1317, 1461, 1637, 1792, 1810, 1836, 1874, 1881, 1927, 1931, 1969, 2002, 2006, 2013, 3024, 3032, 3098,
    3100, 3168, 3169, 3797, 3798, 4031,
  ],
  /** Disk, memory, or a file of the server is full. */
  full: [
    1021, 1026, 1037, 1038, 1041, 1114, 1197, 1206, 1705, 1811, 1878, 3015, 3019, 3044, 3170, 3231, 3675,
    3985, 4081, 4082, 4139,
  ],
  /** A right is missing, or the user may not come in. */
  denied: [
    1044, 1045, 1130, 1141, 1142, 1143, 1147, 1227, 1251, 1275, 1370, 1410, 1419, 1449, 1698, 1820, 1862,
    1873, 3118, 3159, 3879, 3955, 4150, 4151,
  ],
  /** The database, a table or a column is not there, or the table has a column that the schema cannot fill. */
  unfit: [1049, 1051, 1054, 1109, 1146, 1364],
} satisfies Record<string, readonly number[]>);

export type NumberKind = keyof typeof errorNumbers;

/** What an error number means; undefined when it is none of these. */
export function kindOf(errno: number): NumberKind | undefined {
  const kinds = Object.keys(errorNumbers) as NumberKind[];
  return kinds.find((kind) => (errorNumbers[kind] as readonly number[]).includes(errno));
}
