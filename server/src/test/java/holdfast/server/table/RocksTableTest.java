package holdfast.server.table;

final class RocksTableTest extends TableContract {
    @Override
    Table open(String name) {
        return new RocksTable(folder.resolve(name));
    }
}
