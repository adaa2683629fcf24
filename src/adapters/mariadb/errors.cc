#include "adapters/mariadb/errors.h"

namespace sluice::maria {
namespace {

constexpr unsigned kClientFirst = 2000;  // CR_MIN_ERROR
constexpr unsigned kClientLast = 2999;

// Names are those of mysqld_error.h; numbers above 3000 are MySQL's own, 4025 is MariaDB's.
Code code_of_work(unsigned number) {
    switch (number) {
        case 1213:  // ER_LOCK_DEADLOCK: the server has rolled the transaction back
        case 1205:  // ER_LOCK_WAIT_TIMEOUT: only the statement is undone
        case 1020:  // ER_CHECKREAD: the row changed since it was read
        case 1206:  // ER_LOCK_TABLE_FULL
        case 1317:  // ER_QUERY_INTERRUPTED: somebody killed the statement
        case 1412:  // ER_TABLE_DEF_CHANGED: a migration came between
        case 1614:  // ER_XA_RBDEADLOCK
        case 1615:  // ER_NEED_REPREPARE
        case 1637:  // ER_TOO_MANY_CONCURRENT_TRXS
        case 1927:  // ER_CONNECTION_KILLED
        case 1969:  // ER_STATEMENT_TIMEOUT (MariaDB)
        case 3024:  // ER_QUERY_TIMEOUT (MySQL)
        case 3101:  // ER_TRANSACTION_ROLLBACK_DURING_COMMIT (group replication)
        case 4031:  // ER_CLIENT_INTERACTION_TIMEOUT: closed for being idle
            return Code::kTransient;
        case 1048:  // ER_BAD_NULL_ERROR
        case 1062:  // ER_DUP_ENTRY
        case 1153:  // ER_NET_PACKET_TOO_LARGE
        case 1169:  // ER_DUP_UNIQUE
        case 1216:  // ER_NO_REFERENCED_ROW
        case 1217:  // ER_ROW_IS_REFERENCED
        case 1264:  // ER_WARN_DATA_OUT_OF_RANGE
        case 1265:  // WARN_DATA_TRUNCATED: not a value of the enumeration
        case 1292:  // ER_TRUNCATED_WRONG_VALUE
        case 1364:  // ER_NO_DEFAULT_FOR_FIELD
        case 1366:  // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
        case 1406:  // ER_DATA_TOO_LONG
        case 1451:  // ER_ROW_IS_REFERENCED_2
        case 1452:  // ER_NO_REFERENCED_ROW_2
        case 1690:  // ER_DATA_OUT_OF_RANGE
        case 3819:  // ER_CHECK_CONSTRAINT_VIOLATED (MySQL)
        case 4025:  // ER_CONSTRAINT_FAILED (MariaDB)
            return Code::kPermanent;
        case 3:     // EE_WRITE
        case 1021:  // ER_DISK_FULL
        case 1026:  // ER_ERROR_ON_WRITE
        case 1030:  // ER_GET_ERRNO: the storage engine's trouble
        case 1037:  // ER_OUTOFMEMORY
        case 1038:  // ER_OUT_OF_SORTMEMORY
        case 1040:  // ER_CON_COUNT_ERROR: too many connections
        case 1041:  // ER_OUT_OF_RESOURCES
        case 1044:  // ER_DBACCESS_DENIED_ERROR
        case 1045:  // ER_ACCESS_DENIED_ERROR
        case 1047:  // ER_UNKNOWN_COM_ERROR: Galera's "not prepared for application use"
        case 1049:  // ER_BAD_DB_ERROR
        case 1053:  // ER_SERVER_SHUTDOWN
        case 1114:  // ER_RECORD_FILE_FULL
        case 1129:  // ER_HOST_IS_BLOCKED
        case 1130:  // ER_HOST_NOT_PRIVILEGED
        case 1142:  // ER_TABLEACCESS_DENIED_ERROR
        case 1146:  // ER_NO_SUCH_TABLE: not migrated yet
        case 1180:  // ER_ERROR_DURING_COMMIT
        case 1194:  // ER_CRASHED_ON_USAGE
        case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
        case 1223:  // ER_CANT_UPDATE_WITH_READLOCK: a backup holds the global lock
        case 1226:  // ER_USER_LIMIT_REACHED
        case 1290:  // ER_OPTION_PREVENTS_STATEMENT: read_only
        case 1792:  // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        case 1836:  // ER_READ_ONLY_MODE
        case 3100:  // ER_RUN_HOOK_ERROR (group replication without a majority)
            return Code::kUnavailable;
        default:  // the server's numbers are open-ended
            break;
    }
    return is_lost(number) ? Code::kTransient : Code::kInternal;
}

// An answer that says "rolled back" is known; every other one, and none, is not.
Code code_of_commit(unsigned number) {
    switch (number) {
        case 1213:  // Galera: certification failed
        case 1614:
        case 3101:
            return Code::kTransient;
        default:
            return Code::kOutcomeUnknown;
    }
}

}  // namespace

Code code_of(unsigned number, Moment moment) {
    switch (moment) {
        case Moment::kConnecting:
            return Code::kUnavailable;
        case Moment::kWorking:
            return code_of_work(number);
        case Moment::kCommitting:
            return code_of_commit(number);
    }
    return Code::kInternal;
}

Error to_error(const SqlError& failure, Moment moment) {
    return fail(code_of(failure.number(), moment), failure.what());
}

bool is_lost(unsigned number) {
    if (number >= kClientFirst && number <= kClientLast) return true;
    switch (number) {
        case 1053:  // ER_SERVER_SHUTDOWN
        case 1152:  // ER_ABORTING_CONNECTION
        case 1153:  // ER_NET_PACKET_TOO_LARGE: the server closes
        case 1158:  // ER_NET_READ_ERROR
        case 1159:  // ER_NET_READ_INTERRUPTED
        case 1160:  // ER_NET_ERROR_ON_WRITE
        case 1161:  // ER_NET_WRITE_INTERRUPTED
        case 1184:  // ER_NEW_ABORTING_CONNECTION
        case 1927:  // ER_CONNECTION_KILLED
        case 4031:  // ER_CLIENT_INTERACTION_TIMEOUT
            return true;
        default:
            return false;
    }
}

bool is_duplicate(unsigned number) { return number == 1062 || number == 1169; }

bool is_already_done(unsigned number) {
    switch (number) {
        case 1050:  // ER_TABLE_EXISTS_ERROR
        case 1051:  // ER_BAD_TABLE_ERROR: dropped already
        case 1060:  // ER_DUP_FIELDNAME
        case 1061:  // ER_DUP_KEYNAME
        case 1062:  // ER_DUP_ENTRY: rows that the migration brings along
        case 1091:  // ER_CANT_DROP_FIELD_OR_KEY
        case 1826:  // ER_FK_DUP_NAME, ER_DUP_CONSTRAINT_NAME
        case 3822:  // ER_CHECK_CONSTRAINT_DUP_NAME (MySQL)
            return true;
        default:
            return false;
    }
}

}  // namespace sluice::maria
