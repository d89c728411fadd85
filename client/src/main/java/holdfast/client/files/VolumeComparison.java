package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.files.VerifiedMember.Finding;
import holdfast.client.session.Members;
import holdfast.client.session.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.BadChunk;
import holdfast.wire.proto.SetMilestone;
import holdfast.wire.proto.VerifyVolume;
import holdfast.wire.proto.VerifyVolumeReply;
import holdfast.wire.proto.VnodeDigest;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Compares what the members of a group hold of one volume. A milestone in the log names the moment;
 * each member digests its rows as they were then, in buckets, and reads the chunks. Only buckets
 * that differ from the leader's are looked into, to name the files.
 */
final class VolumeComparison {
    private static final Duration LOOK_MAX = Duration.ofSeconds(5);
    private static final int PROBLEMS_MAX = 100;
    private static final int BUCKETS_LOOKED_INTO_MAX = 8;

    private final Session session;
    private final ReplicaGroups groups;
    private final GroupAdministration calls;
    private final Supplier<Deadline> deadline;
    private final Volume volume;
    private final VerifyVolume.Builder question;

    VolumeComparison(
            Session session,
            ReplicaGroups groups,
            GroupAdministration calls,
            Supplier<Deadline> deadline,
            Volume volume,
            long bytesPerSecond,
            boolean repair) {
        this.session = session;
        this.groups = groups;
        this.calls = calls;
        this.deadline = deadline;
        this.volume = volume;
        this.question = VerifyVolume.newBuilder()
                .setMilestone(new SecureRandom().nextLong() | 1)
                .setVolume(volume.getNumber())
                .setBytesPerSecond(bytesPerSecond)
                .setRepair(repair);
    }

    /** One member, as long as it is asked. */
    private static final class Asked {
        private final Members.Seen member;
        private Deadline patience;
        private VerifyVolumeReply last = VerifyVolumeReply.getDefaultInstance();
        private String trouble = "";

        Asked(Members.Seen member, Deadline patience) {
            this.member = member;
            this.patience = patience;
        }

        String address() {
            return member.told().getAddress();
        }

        boolean over() {
            return last.getDone() || last.getMissed() || !trouble.isEmpty();
        }
    }

    List<VerifiedMember> compare(Consumer<String> progress) {
        Deadline setting = deadline.get();
        SetMilestone milestone =
                SetMilestone.newBuilder().setMilestone(question.getMilestone()).build();
        long index = groups.at(
                        FileId.rootOf(volume.getNumber()),
                        setting,
                        group -> group.connection()
                                .ask(FileMethods.SET_MILESTONE, milestone, setting))
                .message()
                .getIndex();
        question.setIndex(index);
        List<Asked> members = session.members().all(setting).stream()
                .filter(member -> member.of().getGroup().equals(volume.getGroup()))
                .map(member -> new Asked(member, deadline.get()))
                .toList();
        while (!members.stream().allMatch(Asked::over)) {
            members.stream().filter(member -> !member.over()).forEach(this::ask);
            progress.accept(text(members));
            session.pauseBeforeAskingAgain(deadline.get());
        }
        return judged(members);
    }

    private void ask(Asked member) {
        try {
            if (member.address().isEmpty()) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "its address is not known");
            }
            VerifyVolumeReply said = verify(member, question.build());
            if (moved(said, member.last)) {
                member.patience = deadline.get();
            }
            member.last = said;
            if (member.patience.passed()) {
                member.trouble = "it did not get on";
            }
        } catch (FailureException e) {
            boolean vain = e.code().retry() == FailureCode.Retry.NEVER;
            if (vain || member.patience.passed()) {
                member.trouble = String.valueOf(e.getMessage());
            }
        }
    }

    private VerifyVolumeReply verify(Asked member, VerifyVolume asked) {
        return calls.call(
                Address.parse(member.address()),
                FileMethods.VERIFY_VOLUME,
                asked,
                deadline.get().atMost(LOOK_MAX));
    }

    private static boolean moved(VerifyVolumeReply said, VerifyVolumeReply before) {
        return said.getDone()
                || said.getRows() > before.getRows()
                || said.getChunks() > before.getChunks()
                || (said.getBehind() && said.getApplied() > before.getApplied());
    }

    private static String text(List<Asked> members) {
        return members.stream()
                .map(member -> member.address() + ": " + member.last.getChunks() + " chunks, "
                        + (member.last.getBytes() >> 20) + " MiB")
                .collect(Collectors.joining("; "));
    }

    private List<VerifiedMember> judged(List<Asked> members) {
        Optional<Asked> standard = members.stream()
                .filter(member ->
                        member.last.getDone() && member.last.getFailure().isEmpty())
                .min((one, other) -> Boolean.compare(other.member.leads(), one.member.leads()));
        return members.stream()
                .map(member -> judged(member, standard.orElse(member)))
                .toList();
    }

    private VerifiedMember judged(Asked member, Asked standard) {
        VerifyVolumeReply said = member.last;
        List<String> problems = new ArrayList<>();
        if (!member.trouble.isEmpty()) {
            problems.add(member.trouble);
        } else if (said.getMissed()) {
            problems.add("it has no state of that moment; verify again");
        } else if (!said.getFailure().isEmpty()) {
            problems.add(said.getFailure());
        }
        boolean done = said.getDone() && said.getFailure().isEmpty();
        boolean differs = done && !said.getBucketsList().equals(standard.last.getBucketsList());
        if (differs) {
            problems.addAll(differences(member, standard));
        }
        said.getBadList().stream().limit(PROBLEMS_MAX).forEach(bad -> problems.add(text(bad)));
        return new VerifiedMember(
                member.address(),
                finding(said, done, differs),
                said.getRows(),
                said.getChunks(),
                said.getBytes(),
                said.getBehind() ? Math.max(1, question.getIndex() - said.getApplied()) : 0,
                said.getLacking(),
                said.getDamaged(),
                said.getMended(),
                problems);
    }

    private static Finding finding(VerifyVolumeReply said, boolean done, boolean differs) {
        if (!done) {
            return said.getBehind() ? Finding.BEHIND : Finding.AWAY;
        }
        if (differs) {
            return Finding.DIFFERS;
        }
        long bad = said.getLacking() + said.getDamaged();
        if (bad > said.getMended()) {
            return Finding.DAMAGED;
        }
        return bad > 0 ? Finding.MENDED : Finding.IDENTICAL;
    }

    private String text(BadChunk bad) {
        String hex = HexFormat.of().formatHex(bad.getHash().toByteArray());
        String hash = hex.substring(0, Math.min(16, hex.length()));
        return path(bad.getPath(), bad.getFile()) + ": chunk " + hash
                + (bad.getDamaged() ? " is damaged" : " is lacking")
                + (bad.getMended() ? ", mended" : "");
    }

    private String path(String inVolume, long file) {
        if (inVolume.isEmpty()) {
            return "a file without a name, " + new FileId(file);
        }
        return volume.getPath().equals("/") ? inVolume : volume.getPath() + inVolume;
    }

    // What differs

    private List<String> differences(Asked member, Asked standard) {
        List<String> found = new ArrayList<>();
        List<ByteString> mine = member.last.getBucketsList();
        List<ByteString> theirs = standard.last.getBucketsList();
        int lookedInto = 0;
        for (int bucket = 0; bucket < Math.min(mine.size(), theirs.size()); bucket++) {
            if (!mine.get(bucket).equals(theirs.get(bucket))
                    && lookedInto++ < BUCKETS_LOOKED_INTO_MAX) {
                found.addAll(differences(member, standard, bucket));
            }
        }
        return found.isEmpty() ? List.of("its names and attributes differ") : found;
    }

    private List<String> differences(Asked member, Asked standard, int bucket) {
        Map<Long, VnodeDigest> mine = vnodes(member, bucket);
        Map<Long, VnodeDigest> theirs = vnodes(standard, bucket);
        List<String> found = new ArrayList<>();
        theirs.forEach((file, digest) -> {
            VnodeDigest own = mine.get(file);
            if (own == null) {
                found.add(path(digest.getPath(), file) + ": is not there");
            } else if (!own.getDigest().equals(digest.getDigest())) {
                found.add(path(digest.getPath(), file) + ": differs");
            }
        });
        mine.forEach((file, digest) -> {
            if (!theirs.containsKey(file)) {
                found.add(path(digest.getPath(), file) + ": should not be there");
            }
        });
        return found;
    }

    private Map<Long, VnodeDigest> vnodes(Asked member, int bucket) {
        VerifyVolume asked = question.build().toBuilder().setBucket(bucket + 1).build();
        Deadline limit = deadline.get();
        VerifyVolumeReply said = verify(member, asked);
        while (!said.getDone() && !limit.passed()) {
            session.pauseBeforeAskingAgain(limit);
            said = verify(member, asked);
        }
        return said.getVnodesList().stream()
                .collect(Collectors.toMap(VnodeDigest::getFile, vnode -> vnode));
    }
}
