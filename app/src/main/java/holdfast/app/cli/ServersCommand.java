package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.ServerInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows the cell's servers. */
@Command(
        name = "servers",
        description = "Show the cell's servers, which of them are up, and what they serve.",
        subcommands = ServersCommand.Forget.class,
        footer = {"  holdfast servers", "  holdfast servers forget 127.0.0.1:8006"})
final class ServersCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        List<Output.Row> rows = new ArrayList<>();
        for (ServerInfo server : cell.administration().servers()) {
            rows.add(new Output.Row(fields(server), cells(server)));
        }
        out.table(
                List.of("ROLE", "ADDRESS", "STATE", "ZONE", "FREE", "SIZE", "SERVES", "ID"), rows);
        return ExitCodes.DONE;
    }

    private static List<String> cells(ServerInfo server) {
        boolean disk = server.capacity() > 0;
        return List.of(
                server.role(),
                server.address(),
                state(server),
                server.zone().isEmpty() ? "-" : server.zone(),
                disk ? People.size(server.free()) : "-",
                disk ? People.size(server.capacity()) : "-",
                server.directories().isEmpty() ? "-" : String.join(" ", server.directories()),
                server.id());
    }

    private static String state(ServerInfo server) {
        if (!server.up()) {
            return "down for " + People.duration(server.silent());
        }
        return server.draining() ? "up, draining" : "up";
    }

    static Map<String, Object> fields(ServerInfo server) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", server.id());
        fields.put("role", server.role());
        fields.put("address", server.address());
        fields.put("up", server.up());
        fields.put("silentMillis", server.silent().toMillis());
        fields.put("capacityBytes", server.capacity());
        fields.put("freeBytes", server.free());
        fields.put("directories", server.directories());
        fields.put("zone", server.zone());
        fields.put("draining", server.draining());
        fields.put("release", server.release());
        return fields;
    }

    /** Takes a dead server off the map. */
    @Command(
            name = "forget",
            description = "Take a server that is gone for good off the map.",
            footer = "  holdfast servers forget 127.0.0.1:8006")
    static final class Forget extends ClientCommand {
        @Parameters(paramLabel = "ID", description = "Its id or its address.")
        String id = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().forgetServer(id);
            out.object(Output.fields("id", id), id + ": forgotten");
            return ExitCodes.DONE;
        }
    }
}
