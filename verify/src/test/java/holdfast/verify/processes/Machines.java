package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Machines on one network: a network namespace each, joined by a bridge. Their addresses, 127.1.0.1
 * and so on, count as loopback ones, since servers listen at no others without TLS; each machine is
 * told to send them out all the same. Needs root.
 */
public final class Machines implements AutoCloseable {
    private static final String SUBNET = "127.1.0.";
    private static final String NOBODY = "02:00:00:00:00:01";

    private final Path folder;
    private final String prefix;
    private final List<Machine> machines = new ArrayList<>();

    private Machines(Path folder) {
        this.folder = folder;
        this.prefix = "hf" + ProcessHandle.current().pid() + "-";
    }

    /** So many machines that reach each other; {@code folder} is for what tools print. */
    public static Machines start(Path folder, int count) {
        Requires.root();
        Requires.command("ip");
        Machines all = new Machines(folder);
        try {
            all.run("netns", "add", all.bridge());
            all.run("-n", all.bridge(), "link", "add", "name", "br0", "type", "bridge");
            all.run("-n", all.bridge(), "link", "set", "br0", "up");
            for (int number = 1; number <= count; number++) {
                all.add(number);
            }
            return all;
        } catch (RuntimeException | Error e) {
            all.close();
            throw e;
        }
    }

    private String bridge() {
        return prefix + "net";
    }

    private void add(int number) {
        Machine machine = new Machine(number, prefix + number, SUBNET + number);
        run("netns", "add", machine.namespace);
        machines.add(machine);
        run(("link add " + machine.port() + " netns " + bridge() + " type veth peer name eth netns "
                        + machine.namespace)
                .split(" "));
        run("-n", bridge(), "link", "set", machine.port(), "master", "br0", "up");
        machine.run("link", "set", "lo", "up");
        machine.run("link", "set", "eth", "up");
        machine.does("echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
        machine.does("echo 1 > /proc/sys/net/ipv4/conf/eth/route_localnet");
        machine.run("route", "del", "local", "127.0.0.0/8", "dev", "lo", "table", "local");
        machine.run("addr", "add", machine.address + "/24", "dev", "eth");
    }

    /** One of them, from 1 on. */
    public Machine machine(int number) {
        return machines.get(number - 1);
    }

    /** All of them. */
    public List<Machine> all() {
        return List.copyOf(machines);
    }

    /** Ends all trouble. */
    public void heal() {
        for (Machine from : machines) {
            from.plug();
            machines.stream().filter(to -> !to.equals(from)).forEach(from::reaches);
        }
    }

    private void run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        end(command);
    }

    private void end(List<String> command) {
        LocalProcess process = LocalProcess.program(folder, command.toArray(String[]::new));
        assertThat(process.awaitEnd()).as(command + ": " + process.err()).isZero();
    }

    /** Takes the network down; processes that still run there are cut off. */
    @Override
    public void close() {
        machines.forEach(machine -> run("netns", "del", machine.namespace));
        machines.clear();
        run("netns", "del", bridge());
    }

    /** A machine. */
    public final class Machine {
        private final int number;
        private final String namespace;
        private final String address;

        private Machine(int number, String namespace, String address) {
            this.number = number;
            this.namespace = namespace;
            this.address = address;
        }

        private String port() {
            return "port" + number;
        }

        /** The address at which the others reach it. */
        public String address() {
            return address;
        }

        /** What a command begins with, to run there. */
        public List<String> here() {
            return List.of("ip", "netns", "exec", namespace);
        }

        /** Nothing comes in or goes out, and both ends of a connection hear nothing of that. */
        public void unplug() {
            Machines.this.run("-n", bridge(), "link", "set", port(), "down");
        }

        /** Ends {@link #unplug}. */
        public void plug() {
            Machines.this.run("-n", bridge(), "link", "set", port(), "up");
        }

        /** What it sends to {@code other} is lost from now on; what comes from there arrives. */
        public void loses(Machine other) {
            neighbour(other, NOBODY);
        }

        /** Ends {@link #loses}. */
        public void reaches(Machine other) {
            does("ip neigh del " + other.address + " dev eth 2>/dev/null || true");
        }

        private void neighbour(Machine other, String hardware) {
            run(
                    "neigh",
                    "replace",
                    other.address,
                    "lladdr",
                    hardware,
                    "dev",
                    "eth",
                    "nud",
                    "permanent");
        }

        private void run(String... arguments) {
            List<String> words = new ArrayList<>(List.of("-n", namespace));
            words.addAll(List.of(arguments));
            Machines.this.run(words.toArray(String[]::new));
        }

        private void does(String script) {
            List<String> words = new ArrayList<>(here());
            words.addAll(List.of("sh", "-c", script));
            end(words);
        }

        @Override
        public String toString() {
            return "machine " + number;
        }
    }
}
