package dev.pagoda.vectors.grpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;

/// Messages of different types that say the same in fields of the same names.
final class Alike {
    private Alike() {}

    /// Puts what a message says where another has a field of the same name and type; the rest is left out.
    static <B extends Message.Builder> B put(Message from, B to) {
        for (FieldDescriptor source : from.getDescriptorForType().getFields()) {
            FieldDescriptor target = to.getDescriptorForType().findFieldByName(source.getName());
            if (target != null && isSame(source, target) && isGiven(from, source)) {
                to.setField(target, from.getField(source));
            }
        }
        return to;
    }

    private static boolean isGiven(Message message, FieldDescriptor field) {
        return field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
    }

    private static boolean isSame(FieldDescriptor one, FieldDescriptor other) {
        return one.isRepeated() == other.isRepeated()
                && one.getType() == other.getType()
                && (one.getJavaType() != JavaType.MESSAGE
                        || one.getMessageType().equals(other.getMessageType()))
                && (one.getJavaType() != JavaType.ENUM || one.getEnumType().equals(other.getEnumType()));
    }
}
