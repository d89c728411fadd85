package holdfast.server.table;

final class MemoryTableTest extends TableContract {
    @Override
    Table open(String name) {
        return new MemoryTable();
    }
}
